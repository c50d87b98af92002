import type { ComponentChildren } from 'preact';

/** One of a few, all in sight. */
export function Segments<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly text: ComponentChildren }[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <fieldset class="segments" aria-label={props.label}>
      {props.choices.map(({ value, text }) => (
        <button
          key={value}
          type="button"
          class="segment"
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
