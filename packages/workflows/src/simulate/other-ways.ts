/** Ways of doing the builds of a history, and how people call them. */
export const OTHER_WAYS = {
  /** One job for all platforms of an image. */
  emulated: "an emulated job for each image",
  /** Where jobs are emulated. */
  native: "a native job for each platform",
  "merge-matrix": "a merge job for each image",
  "merge-batch": "one merge job for all images",
  /** Images build what they stand on themselves. */
  "no-waves": "without waves",
} as const;

export type ComparisonKind = keyof typeof OTHER_WAYS;
