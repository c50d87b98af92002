import { useId } from 'preact/hooks';
import type { Choice } from './field.tsx';

/** Some of many. */
export function CheckList(props: {
  readonly label: string;
  readonly hint?: string;
  readonly choices: readonly Choice[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const id = useId();
  const { choices, chosen, onChange } = props;
  return (
    <fieldset class="field check-list" aria-describedby={props.hint === undefined ? undefined : id}>
      <legend class="field-label">{props.label}</legend>
      <div class="check-list-choices">
        {choices.map(({ value, text }) => (
          <label key={value} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ currentTarget }) =>
                onChange(currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
              }
            />
            {text}
          </label>
        ))}
      </div>
      {props.hint === undefined ? null : (
        <p id={id} class="field-hint">
          {props.hint}
        </p>
      )}
    </fieldset>
  );
}
