/** What a code means, the same for every place it is reported at. */
export interface CatalogueEntry {
  readonly title: string;
  readonly severity: 'error' | 'warning';
  readonly why: string;
  /** What to do where the place itself suggests nothing better. */
  readonly fix: string;
}

export function error(title: string, why: string, fix: string): CatalogueEntry {
  return { title, severity: 'error', why, fix };
}

export function warning(title: string, why: string, fix: string): CatalogueEntry {
  return { title, severity: 'warning', why, fix };
}
