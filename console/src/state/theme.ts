import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'sallyport.theme';
const chosen = signal<Theme>('system');

export function theme(): Theme {
  return chosen.value;
}

export function setTheme(wanted: Theme): void {
  chosen.value = wanted;
  if (wanted === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = wanted;
  try {
    if (wanted === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, wanted);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function restoreTheme(): void {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(KEY);
  } catch {
    return;
  }
  if (stored === 'light' || stored === 'dark') setTheme(stored);
}

/** Light or dark, as it is on the screen; changes with the system's where that is followed. */
export const shownTheme = signal<'light' | 'dark'>('light');

export function watchTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const update = (): void => {
    const system = dark.matches ? 'dark' : 'light';
    shownTheme.value = chosen.peek() === 'system' ? system : (chosen.peek() as 'light' | 'dark');
  };
  dark.addEventListener('change', update);
  chosen.subscribe(update);
}
