import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { HOME, PAGES } from '../pages/index.ts';
import { hrefWith, place } from '../state/place.ts';
import { allows, session, signOut } from '../state/session.ts';
import { setTheme, type Theme, theme } from '../state/theme.ts';
import { rangeParams } from '../state/time-range.ts';
import { failed } from '../state/toast.ts';
import { Mark } from './mark.tsx';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

/** The pages that work, for the role that is signed in; the time range goes along. */
export function Navigation({ onGone, onKeys }: { readonly onGone?: () => void; readonly onKeys?: () => void }) {
  const { path } = place();
  const who = session();
  return (
    <>
      <a class="brand" href={HOME} onClick={onGone}>
        <Mark />
        Sallyport
      </a>
      <nav aria-label="Pages">
        <ul class="nav-list">
          {PAGES.filter(({ needs }) => allows(needs ?? 'viewer')).map((entry) => (
            <li key={entry.path}>
              <a
                class="nav-link"
                href={hrefWith(rangeParams(), entry.path)}
                aria-current={entry.path === path ? 'page' : undefined}
                onClick={onGone}
              >
                <Icon name={entry.icon} />
                {entry.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="nav-foot">
        <div class="nav-who">
          {who.kind === 'open' ? (
            <span class="nav-who-name">
              <b class="cut">{who.name}</b>
              {who.name === who.role ? null : <span>{who.role}</span>}
            </span>
          ) : null}
          {onKeys === undefined ? null : <Button kind="quiet" icon="keyboard" label="Keyboard (?)" onClick={onKeys} />}
          <Button
            kind="quiet"
            icon={THEME_ICONS[theme()]}
            label={`Colours: ${theme()}; change to ${NEXT_THEME[theme()]}`}
            onClick={() => setTheme(NEXT_THEME[theme()])}
          />
          <Button
            kind="quiet"
            icon="leave"
            label="Sign out"
            onClick={() =>
              void signOut().then((answer) => {
                if (!answer.ok && answer.problem.status !== 401) failed('You are still signed in', answer.problem);
              })
            }
          />
        </div>
      </div>
    </>
  );
}
