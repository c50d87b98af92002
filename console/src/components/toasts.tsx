import { useEffect, useRef } from 'preact/hooks';
import { isTop } from '../state/overlays.ts';
import { putAway, type Toast, toasts } from '../state/toast.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

const SHORT_MS = 5_000;
/** Time to read, decide and reach for the way back. */
const LONG_MS = 20_000;

/** The toasts of the page: while a dialog is open it shows them itself, since everything beside it is inert. */
export function PageToasts() {
  return isTop(undefined) ? <Toasts /> : null;
}

/** What was done and what failed, in a corner; read out as it comes. */
export function Toasts() {
  const element = useRef<HTMLElement>(null);
  const shown = toasts.value;
  useEffect(() => {
    // A popover stands above dialogs that are open; showing it again puts it above one that opened since.
    const popover = element.current;
    if (popover === null || shown.length === 0) return;
    popover.hidePopover();
    popover.showPopover();
    // The page gets so much more room at its end: what lies beneath can be scrolled clear.
    const { style } = document.documentElement;
    style.setProperty('--toasts-height', `${popover.offsetHeight}px`);
    return () => void style.removeProperty('--toasts-height');
  }, [shown]);
  return (
    <section ref={element} class="toasts" popover="manual" aria-label="Notifications">
      <div class="stack" aria-live="polite">
        {shown.map((toast) => (
          <ToastView key={toast.id} toast={toast} />
        ))}
      </div>
    </section>
  );
}

function ToastView({ toast }: { readonly toast: Toast }) {
  const { id, kind, action } = toast;
  useEffect(() => {
    if (kind === 'failed') return;
    const timer = setTimeout(() => putAway(id), action === undefined ? SHORT_MS : LONG_MS);
    return () => clearTimeout(timer);
  }, [id, kind, action]);
  return (
    <div class="toast" data-tone={kind === 'failed' ? 'deny' : 'permit'}>
      <Icon name={kind === 'failed' ? 'alert' : 'check'} />
      <div class="grow">
        <strong>{toast.text}</strong>
        {toast.detail === '' ? null : <p class="soft">{toast.detail}</p>}
      </div>
      {action === undefined ? null : (
        <Button
          icon="undo"
          onClick={() => {
            putAway(id);
            action.run();
          }}
        >
          {action.text}
        </Button>
      )}
      <Button kind="quiet" icon="close" label="Dismiss" onClick={() => putAway(id)} />
    </div>
  );
}
