import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { closed, isTop, opened } from '../state/overlays.ts';
import { Button } from './button.tsx';
import { Toasts } from './toasts.tsx';

interface OverlayProps {
  readonly title: string;
  readonly onClose: () => void;
  /** True: only its buttons close it, since what it shows is not shown again. */
  readonly firm?: boolean;
  /** Beside the title, left of the way out. */
  readonly actions?: ComponentChildren;
  /** At the lower edge: what can be done. */
  readonly foot?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What comes up over the page to be answered. Closing it gives the focus back to where it was. */
export function Dialog(props: OverlayProps & { readonly wide?: boolean }) {
  return <Overlay {...props} class="dialog" {...(props.wide === true ? { 'data-wide': true } : {})} />;
}

/** What opens beside the page: one thing whole, while the list it is from stays in sight. */
export function Drawer(props: OverlayProps & { readonly side?: 'left' | 'right' }) {
  return <Overlay {...props} class="drawer" data-side={props.side ?? 'right'} />;
}

function Overlay(
  props: OverlayProps & { readonly class: string; readonly 'data-side'?: string; readonly 'data-wide'?: boolean },
) {
  const { title, onClose, actions, foot, children, firm, ...rest } = props;
  const id = useId();
  const element = useModal(id, onClose, firm);
  return (
    <dialog
      ref={element}
      class={rest.class}
      data-side={rest['data-side']}
      data-wide={rest['data-wide'] === true ? '' : undefined}
      aria-labelledby={id}
    >
      <div class="overlay-head">
        <h2 id={id} class="grow">
          {title}
        </h2>
        {actions}
        <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
      </div>
      <div class="overlay-body">{children}</div>
      {foot === undefined ? null : <div class="overlay-foot">{foot}</div>}
      {isTop(id) ? <Toasts /> : null}
    </dialog>
  );
}

/** Shows a `<dialog>` as modal while it is there: the rest of the page is inert, Escape and a click beside it close it, unless it is `firm`. */
export function useModal(id: string, onClose: () => void, firm = false) {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = firm ? () => undefined : onClose;
  const isFirm = useRef(firm);
  isFirm.current = firm;
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    opened(id);
    const cancel = (event: Event): void => {
      if (event.target !== dialog) return;
      event.preventDefault();
      close.current();
    };
    const beside = (event: MouseEvent): void => {
      if (event.target === dialog && isOutside(dialog, event)) close.current();
    };
    // A browser lets a second Escape close what kept the first from it, unless the key itself is taken.
    const takeEscape = (event: KeyboardEvent): void => {
      if (isFirm.current && event.key === 'Escape') event.preventDefault();
    };
    document.addEventListener('keydown', takeEscape);
    dialog.addEventListener('cancel', cancel);
    dialog.addEventListener('mousedown', beside);
    return () => {
      document.removeEventListener('keydown', takeEscape);
      dialog.removeEventListener('cancel', cancel);
      dialog.removeEventListener('mousedown', beside);
      dialog.close();
      closed(id);
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [id]);
  return element;
}

function isOutside(dialog: HTMLElement, { clientX, clientY }: MouseEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
