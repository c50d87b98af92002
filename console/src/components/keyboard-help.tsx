import { shortcuts } from '../state/keyboard.ts';
import { Dialog } from './overlay.tsx';

/** What the keyboard does on this page. */
export function KeyboardHelp({ onClose }: { readonly onClose: () => void }) {
  const known = new Map(shortcuts().map(({ key, text }) => [key, text]));
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl class="keys-list">
        {[...known].map(([key, text]) => (
          <div key={key} class="contents">
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{keyText(one)}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div class="contents">
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Open the row</dd>
        </div>
        <div class="contents">
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close what is open</dd>
        </div>
      </dl>
    </Dialog>
  );
}

export function keyText(key: string): string {
  const mod = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl ';
  return key.startsWith('mod+') ? `${mod}${key.slice('mod+'.length).toUpperCase()}` : key;
}
