/** One entry in the form that files of several hundred have, every value quoted. */
export interface PilotEntry {
  readonly backend: string;
  readonly suffix: string;
  readonly language: "python" | "golang";
  readonly architecture: "amd64" | "arm64";
  readonly leg: boolean;
  readonly runner?: string;
}

/** 301 entries: 36 images of two legs, interleaved with 229 of one; 72 + 229. */
export function pilotEntries(): readonly PilotEntry[] {
  return Array.from({ length: 265 }, (_, number): readonly PilotEntry[] => {
    const language = number % 4 === 0 ? "golang" : "python";
    const image = {
      backend: `backend-${number % 60}`,
      suffix: `-cpu-backend-${number % 60}-${number}`,
      language,
    } as const;
    const first = { ...image, architecture: "amd64", leg: number % 7 === 0 && number < 252 } as const;
    return first.leg ? [first, { ...first, architecture: "arm64" }] : [first];
  }).flat();
}

export function pilotMatrix(entries: readonly PilotEntry[] = pilotEntries()): string {
  const blocks = entries.map(({ backend, suffix, language, architecture, leg, runner }) =>
    [
      "  - build-type: ''",
      '    cuda-major-version: ""',
      `    platforms: 'linux/${architecture}'`,
      ...(leg ? [`    platform-tag: '${architecture}'`] : []),
      "    tag-latest: 'auto'",
      `    tag-suffix: '${suffix}'`,
      `    runs-on: '${runner ?? (architecture === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-latest")}'`,
      `    base-image: "ubuntu:24.04"`,
      `    backend: "${backend}"`,
      `    dockerfile: "./backend/Dockerfile.${language}"`,
      `    context: "./"`,
      "    ubuntu-version: '2404'",
    ].join("\n"),
  );
  return `---\n# Data, and no workflow.\ninclude:\n${blocks.join("\n")}\nincludeDarwin:\n  - backend: "backend-1"\n    tag-suffix: "-metal-backend-1"\n`;
}
