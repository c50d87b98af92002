import { useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { CommandPalette } from '../components/command-palette.tsx';
import { ConnectionState } from '../components/connection.tsx';
import { KeyboardHelp } from '../components/keyboard-help.tsx';
import { Drawer } from '../components/overlay.tsx';
import { Page } from '../components/page.tsx';
import { Empty } from '../components/panel.tsx';
import { HOME, PAGES } from '../pages/index.ts';
import { useShortcuts } from '../state/keyboard.ts';
import { go, hrefWith, place } from '../state/place.ts';
import { allows } from '../state/session.ts';
import { goOn, isPaused, pause } from '../state/stream.ts';
import { rangeParams } from '../state/time-range.ts';
import { commands, findCommands } from './commands.ts';
import { LazyPage } from './lazy-page.tsx';
import { Mark } from './mark.tsx';
import { Navigation } from './navigation.tsx';

type Open = 'nothing' | 'palette' | 'keys' | 'navigation';

/** What is around every page. */
export function Shell() {
  const [open, setOpen] = useState<Open>('nothing');
  const { path } = place();
  const entry = PAGES.find((page) => page.path === path && allows(page.needs ?? 'viewer'));
  useShortcuts([
    { key: 'mod+k', text: 'Find a page, a call or something to do', inDialog: true, run: () => setOpen('palette') },
    { key: '?', text: 'What the keyboard does', run: () => setOpen('keys') },
    { key: 'p', text: 'Hold the screen still, and go on', run: () => (isPaused() ? goOn() : pause()) },
    ...PAGES.map(({ key, path: to, title }) => ({
      key: `g ${key}`,
      text: title,
      run: () => go(hrefWith(rangeParams(), to)),
    })),
  ]);
  const close = (): void => setOpen('nothing');
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <header class="top-bar">
        <Button kind="quiet" icon="menu" label="Pages" onClick={() => setOpen('navigation')} />
        <a class="brand" href={HOME}>
          <Mark />
          Sallyport
        </a>
        <ConnectionState />
      </header>
      <div class="shell">
        <header class="nav">
          <Navigation onKeys={() => setOpen('keys')} />
        </header>
        <main id="main" class="main" tabIndex={-1}>
          {entry === undefined ? <NoPage /> : <LazyPage entry={entry} />}
        </main>
      </div>
      {open === 'palette' ? <CommandPalette commands={commands()} find={findCommands} onClose={close} /> : null}
      {open === 'keys' ? <KeyboardHelp onClose={close} /> : null}
      {open === 'navigation' ? (
        <Drawer title="Pages" side="left" onClose={close}>
          <div class="nav-drawer">
            <div class="nav">
              <Navigation onGone={close} />
            </div>
          </div>
        </Drawer>
      ) : null}
    </>
  );
}

function NoPage() {
  return (
    <Page title="Nothing here" question="The address leads to no page">
      <Empty icon="unknown" title="There is no such page" text="Or it takes another role than yours.">
        <a class="button" href={HOME}>
          To the first page
        </a>
      </Empty>
    </Page>
  );
}
