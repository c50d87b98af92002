import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
}

interface Described {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

/** Leads to a control once something is wrong with it. Whoever is typing elsewhere by then goes on there. */
export function useFaultInSight(id: string, fault: string | undefined): void {
  useEffect(() => {
    const control = document.getElementById(id);
    if (fault === undefined || control === null) return;
    // In a long form the field may be out of sight, and the button that was pressed is at its end.
    control.scrollIntoView({ block: 'center' });
    if (document.activeElement?.matches('input, select, textarea') !== true) control.focus({ preventScroll: true });
  }, [id, fault]);
}

/** A labelled control; `children` gets what ties it to its label, hint and fault. */
export function Field(props: FieldProps & { readonly children: (control: Described) => ComponentChildren }) {
  const id = useId();
  useFaultInSight(id, props.fault);
  const described = [props.hint === undefined ? '' : `${id}-hint`, props.fault === undefined ? '' : `${id}-fault`];
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      {props.children({
        id,
        'aria-describedby': described.join(' ').trim() || undefined,
        'aria-invalid': props.fault !== undefined,
      })}
      {props.hint === undefined ? null : (
        <p id={`${id}-hint`} class="field-hint">
          {props.hint}
        </p>
      )}
      {props.fault === undefined ? null : (
        <p id={`${id}-fault`} class="field-fault" role="alert">
          {props.fault}
        </p>
      )}
    </div>
  );
}

export function TextField(
  props: FieldProps & {
    readonly value: string;
    readonly onInput: (value: string) => void;
    readonly type?: 'text' | 'password';
    readonly placeholder?: string;
    readonly autocomplete?: string;
    readonly maxlength?: number;
    readonly autofocus?: boolean;
  },
) {
  return (
    <Field {...props}>
      {(control) => {
        const more = {
          ...control,
          class: 'input',
          value: props.value,
          placeholder: props.placeholder,
          autocomplete: props.autocomplete ?? 'off',
          maxlength: props.maxlength,
          autofocus: props.autofocus,
          spellcheck: false,
          onInput: (event: InputEvent & { readonly currentTarget: HTMLInputElement }) =>
            props.onInput(event.currentTarget.value),
        };
        return props.type === 'password' ? <input {...more} type="password" /> : <input {...more} type="text" />;
      }}
    </Field>
  );
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export function SelectField(
  props: FieldProps & {
    readonly value: string;
    readonly choices: readonly Choice[];
    readonly onChange: (value: string) => void;
  },
) {
  return (
    <Field {...props}>
      {(control) => (
        <select
          {...control}
          class="input"
          value={props.value}
          onChange={(event) => props.onChange(event.currentTarget.value)}
        >
          {props.choices.map(({ value, text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
