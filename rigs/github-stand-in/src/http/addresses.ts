/** The number that stands for the repository in `/repositories/<id>/…`, as GitHub's `Link` headers have it. */
export const repositoryId = 1;

/** Where the stand-in's own answers point: links follow the prefix a request came in by (`/api/v3` on a GHES). */
export interface Addresses {
  /** The API's root, without a slash at the end. */
  readonly api: string;
  /** `<api>/repos/<owner>/<name>`. */
  readonly repositoryApi: string;
  /** The repository's page, `<origin>/<owner>/<name>`. */
  readonly repositoryWeb: string;
}

export function addressesAt(origin: string, prefix: string, owner: string, name: string): Addresses {
  const api = origin + prefix;
  return { api, repositoryApi: `${api}/repos/${owner}/${name}`, repositoryWeb: `${origin}/${owner}/${name}` };
}
