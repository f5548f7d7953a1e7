import { repositoryId } from "./addresses.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Counted from 1. */
  readonly number: number;
  /** Empty when everything fits on one page. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface PageSize {
  readonly default: number;
  readonly max: number;
}

/**
 * One page of a list with GitHub's `Link` header. A page beyond the end is empty, not an error.
 * https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export function paginate<Item>(all: readonly Item[], url: URL, size: PageSize): Page<Item> {
  const number = positive(url.searchParams.get("page")) ?? 1;
  const perPage = Math.min(positive(url.searchParams.get("per_page")) ?? size.default, size.max);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const relations = [
    ...(number > 1 ? [["prev", Math.min(number - 1, last)] as const] : []),
    ...(number < last ? [["next", number + 1] as const, ["last", last] as const] : []),
    ...(number > 1 ? [["first", 1] as const] : []),
  ];
  const links = relations.map(([relation, page]) => `<${withPage(url, page)}>; rel="${relation}"`);
  return {
    items: all.slice((number - 1) * perPage, number * perPage),
    number,
    headers: last === 1 && number === 1 ? {} : { link: links.join(", ") },
  };
}

function withPage(url: URL, page: number): string {
  const linked = new URL(url);
  // GitHub's own links name a repository by its number: a client has to take them as they are.
  linked.pathname = linked.pathname.replace(/\/repos\/[^/]+\/[^/]+/, `/repositories/${repositoryId}`);
  linked.searchParams.set("page", String(page));
  return linked.href;
}

function positive(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
}
