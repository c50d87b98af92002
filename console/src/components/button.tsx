import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Role } from '../api/shapes.ts';
import { allows } from '../state/session.ts';
import { Icon, type IconName } from './icon.tsx';

export interface ButtonProps {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly icon?: IconName;
  /** The name, where only the icon is shown. */
  readonly label?: string;
  /** The least role it takes; for a lower one the button says so instead of acting. */
  readonly needs?: Role;
  /** Why it does nothing at present. */
  readonly off?: string | undefined;
  readonly type?: 'button' | 'submit';
  readonly pressed?: boolean;
  readonly autofocus?: boolean;
  readonly class?: string;
  readonly onClick?: () => void;
  readonly children?: ComponentChildren;
}

/** A button that says why when it cannot be used; it stays in the order of the keyboard, so that the reason is heard. */
export function Button(props: ButtonProps) {
  const id = useId();
  const why = props.off ?? roleReason(props.needs);
  const more = { ...(props.pressed === undefined ? {} : { 'aria-pressed': props.pressed }) };
  return (
    <>
      <button
        type={props.type ?? 'button'}
        class={`button ${props.class ?? ''}`}
        data-kind={props.kind ?? 'plain'}
        data-square={props.label !== undefined && props.children === undefined ? '' : undefined}
        aria-label={props.children === undefined ? props.label : undefined}
        title={why ?? props.label}
        aria-disabled={why !== undefined}
        aria-describedby={why === undefined ? undefined : id}
        autofocus={props.autofocus}
        {...more}
        onClick={(event) => {
          if (why === undefined) props.onClick?.();
          else event.preventDefault();
        }}
      >
        {props.icon === undefined ? null : <Icon name={props.icon} />}
        {props.children}
      </button>
      {why === undefined ? null : (
        <span id={id} class="visually-hidden">
          {why}
        </span>
      )}
    </>
  );
}

function roleReason(needed: Role | undefined): string | undefined {
  return needed === undefined || allows(needed) ? undefined : `needs the role ${needed}`;
}
