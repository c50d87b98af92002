import { signal } from '@preact/signals';

/** Where the console is: the address is the state, so that a link shows what its sender saw. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = signal<Place>(read());

/** Reading it in a component draws the component again when the address changes. */
export function place(): Place {
  return here.value;
}

export function param(name: string): string | undefined {
  return here.value.query.get(name) ?? undefined;
}

export type Changes = Readonly<Record<string, string | undefined>>;

/** The present address with some parameters set, or taken away where undefined. */
export function hrefWith(changes: Changes, path: string = here.value.path): string {
  const query = new URLSearchParams(path === here.value.path ? here.value.query : []);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  here.value = read();
}

export function setParams(changes: Changes, how: 'push' | 'replace' = 'push'): void {
  const href = hrefWith(changes);
  if (href !== hrefWith({})) go(href, how);
}

/** Makes links to the console change the page without loading it, and back and forward work. */
export function followLinks(root: Document): void {
  window.addEventListener('popstate', () => {
    here.value = read();
  });
  root.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || url.pathname.startsWith('/api/') || link.hash !== '') return;
    event.preventDefault();
    go(url.pathname + url.search);
  });
}

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}
