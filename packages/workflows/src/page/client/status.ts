import { imageText } from "@fanfold-internal/matrix/identity";
import type { ImageStatus } from "../../status/image-status.ts";
import type { StatusData } from "../data/page-data.ts";
import { type Child, code, el, outside } from "./elements.ts";
import type { Tile, View } from "./sections.ts";
import { table } from "./table.ts";
import { age, moment, number, share } from "./words.ts";

/** What each state means, in the order in which it matters. */
const STATES = {
  absent: "not published, or not all of it",
  stale: "published from something else",
  incomplete: "published, and a tag is missing",
  unknown: "published, and nobody knows from what",
  unreadable: "no registry would say",
  current: "published as it would be built",
} as const;

type State = keyof typeof STATES;
const ORDER: readonly string[] = Object.keys(STATES);

/** What is published of each image. */
export function statusView({ status, made }: StatusData): View {
  const { branch, commit, images } = status;
  return {
    title: ["Status of ", outside(branch)],
    about: [
      commit === null ? "" : ["Beside commit ", code(commit.slice(0, 7)), ". "],
      `Made ${moment(made)} UTC; ages are counted to then.`,
    ],
    tiles: tiles(images),
    warnings: [],
    sections: [
      {
        id: "images",
        title: "Images",
        content: images.length === 0 ? el("p", {}, "There is no image.") : imagesTable(images, made),
      },
    ],
  };
}

function tiles(images: readonly ImageStatus[]): readonly Tile[] {
  const found = Object.entries(STATES).map(([state, note]) => ({
    state,
    note,
    count: images.filter((image) => image.state === state).length,
  }));
  return found
    .filter(({ count }) => count > 0)
    .map(({ state, note, count }) => ({
      label: state,
      value: number(count),
      note: `${note}; ${share(count, images.length)}`,
    }));
}

function imagesTable(images: readonly ImageStatus[], made: string): HTMLElement {
  return table<ImageStatus>({
    id: "images-table",
    noun: ["image", "images"],
    rows: images,
    sorted: { column: "state", down: false },
    most: 100,
    search: ({ image, state, tag, digest, revision, why, repositories }) =>
      [imageText(image), state, tag, digest, revision, why, ...repositories].join("\n"),
    filter: {
      label: "Show",
      choices: [
        { label: "all images", holds: () => true },
        ...ORDER.filter((state) => images.some((image) => image.state === state)).map((state) => ({
          label: state,
          holds: (image: ImageStatus) => image.state === state,
        })),
      ],
    },
    details: { name: ({ image }) => `image ${imageText(image)}`, content: (image) => details(image, made) },
    columns: [
      {
        id: "image",
        label: "Image",
        order: ({ image }) => imageText(image),
        cell: ({ image }) => code(imageText(image)),
      },
      {
        id: "state",
        label: "State",
        order: ({ state }) => (state === null ? null : ORDER.indexOf(state)),
        cell: ({ state }) => badge(state),
      },
      {
        id: "tag",
        label: "Tag",
        wide: true,
        order: ({ tag }) => tag,
        cell: ({ tag }) => (tag === null ? "–" : code(tag)),
      },
      {
        id: "digest",
        label: "Digest",
        wide: true,
        order: ({ digest }) => digest,
        cell: ({ digest }) => (digest === null ? "–" : code(digest.replace(/^sha256:/, "").slice(0, 12))),
      },
      {
        id: "revision",
        label: "Commit",
        wide: true,
        order: ({ revision }) => revision,
        cell: ({ revision }) => (revision === null ? "–" : code(revision.slice(0, 7))),
      },
      {
        id: "age",
        label: "Age",
        numeric: true,
        order: ({ date }) => (date === null ? null : -new Date(date).getTime()),
        cell: ({ date }) => (date === null ? "–" : age(date, made)),
      },
      ...(images.some(({ signed }) => signed !== null)
        ? [
            {
              id: "signed",
              label: "Signed",
              wide: true,
              order: ({ signed }: ImageStatus) => signedText(signed),
              cell: ({ signed }: ImageStatus) => signedText(signed) ?? "–",
            },
          ]
        : []),
      {
        id: "why",
        label: "What differs",
        wide: true,
        order: ({ why }) => why || null,
        cell: ({ why }) => outside(why),
      },
    ],
  });
}

function badge(state: State | null): Child {
  return state === null ? "–" : el("span", { class: `state ${state}` }, state);
}

function details(
  { repositories, tag, digest, revision, date, run, published, expected, signed, why }: ImageStatus,
  made: string,
): Child {
  const known = (value: string | null): Child => (value === null ? "not known" : code(value));
  const facts: readonly (readonly [string, Child])[] = [
    ["What differs", why === "" ? "nothing" : outside(why)],
    [
      "Repositories",
      el(
        "ul",
        {},
        repositories.map((name) => el("li", {}, code(name))),
      ),
    ],
    ["Tag", known(tag)],
    ["Digest", known(digest)],
    ["Commit", [known(revision), date === null ? null : ` of ${moment(date)} UTC, ${age(date, made)} ago`]],
    ["Run", known(run)],
    ...(signed === null ? [] : [["Signed", signedText(signed)] as const]),
    ["Content key published", known(published)],
    ["Content key of the commit", known(expected)],
  ];
  return el(
    "dl",
    { class: "facts" },
    facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

function signedText(signed: boolean | null): string | null {
  return signed === null ? null : signed ? "yes" : "no";
}
