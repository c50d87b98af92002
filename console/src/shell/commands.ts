import type { Command } from '../components/command-palette.tsx';
import { PAGES } from '../pages/index.ts';
import { go, hrefWith } from '../state/place.ts';
import { allows, signOut } from '../state/session.ts';
import { goOn, isPaused, pause } from '../state/stream.ts';
import { setTheme } from '../state/theme.ts';
import { RANGES, rangeParams, setRange } from '../state/time-range.ts';

/** What can be gone to and done from anywhere. */
export function commands(): readonly Command[] {
  return [
    ...PAGES.filter(({ needs }) => allows(needs ?? 'viewer')).map(({ path, title, icon, key }) => ({
      id: path,
      text: title,
      icon,
      hint: `g ${key}`,
      run: () => go(hrefWith(rangeParams(), path)),
    })),
    ...RANGES.map(({ name, text }) => ({
      id: `range-${name}`,
      text,
      icon: 'clock' as const,
      hint: 'Time range',
      run: () => setRange(name),
    })),
    isPaused()
      ? { id: 'go-on', text: 'Go on', icon: 'play', hint: 'Stream', run: goOn }
      : { id: 'pause', text: 'Hold the screen still', icon: 'pause', hint: 'Stream', run: pause },
    { id: 'light', text: 'Light colours', icon: 'sun', hint: 'Colours', run: () => setTheme('light') },
    { id: 'dark', text: 'Dark colours', icon: 'moon', hint: 'Colours', run: () => setTheme('dark') },
    { id: 'system', text: 'Colours of the system', icon: 'system', hint: 'Colours', run: () => setTheme('system') },
    { id: 'sign-out', text: 'Sign out', icon: 'leave', hint: 'Session', run: () => void signOut() },
  ];
}

/** What a text may mean that names no command: calls of a consumer, at a path, or one call. */
export function findCommands(typed: string): readonly Command[] {
  if (typed === '') return [];
  const calls = (id: string, text: string, query: Readonly<Record<string, string>>): Command => ({
    id,
    text,
    icon: 'search',
    hint: 'Calls',
    run: () => go(hrefWith({ ...rangeParams(), ...query }, '/calls')),
  });
  if (typed.startsWith('/')) return [calls('path', `Calls at ${typed}`, { pathPrefix: typed })];
  return [
    calls('consumer', `Calls of the consumer ${typed}`, { consumer: typed }),
    calls('address', `Calls from the address ${typed}`, { address: typed }),
    calls('call', `The call ${typed}`, { call: typed }),
  ];
}
