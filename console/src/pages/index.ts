import type { ComponentType } from 'preact';
import type { Role } from '../api/shapes.ts';
import type { IconName } from '../components/icon.tsx';

export interface PageModule {
  readonly default: ComponentType;
  /** Begins to ask for what the page shows first; resolves when that is there. */
  ahead?(): Promise<unknown>;
}

/** A page of the console: it is in the navigation exactly when it works. */
export interface PageEntry {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  /** The least role that sees it; viewer unless told. */
  readonly needs?: Role;
  /** Key that goes there after `g`. */
  readonly key: string;
  load(): Promise<PageModule>;
}

/** In the order in which a security engineer asks. Each is fetched when it is first gone to. */
export const PAGES: readonly PageEntry[] = [
  { path: '/', title: 'Overview', icon: 'overview', key: 'o', load: () => import('./overview/overview-page.tsx') },
  { path: '/calls', title: 'Calls', icon: 'calls', key: 'c', load: () => import('./calls/calls-page.tsx') },
  {
    path: '/findings',
    title: 'Findings',
    icon: 'findings',
    key: 'i',
    load: () => import('./findings/findings-page.tsx'),
  },
  {
    path: '/consumers',
    title: 'Consumers & keys',
    icon: 'keys',
    key: 'k',
    load: () => import('./consumers/consumers-page.tsx'),
  },
  {
    path: '/policies',
    title: 'Policies',
    icon: 'policies',
    key: 'p',
    load: () => import('./policies/policies-page.tsx'),
  },
  {
    path: '/first-run',
    title: 'First run',
    icon: 'start',
    key: 'f',
    load: () => import('./first-run/first-run-page.tsx'),
  },
];

/** Where the console begins. */
export const HOME = '/';
