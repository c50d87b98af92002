import { useId } from 'preact/hooks';
import { type Choice, useFaultInSight } from './field.tsx';

/** Some of many. */
export function CheckList(props: {
  readonly label: string;
  readonly hint?: string;
  readonly fault?: string | undefined;
  readonly choices: readonly Choice[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const id = useId();
  const { choices, chosen, onChange, hint, fault } = props;
  useFaultInSight(`${id}-first`, fault);
  const described = [hint === undefined ? '' : id, fault === undefined ? '' : `${id}-fault`].join(' ').trim();
  return (
    <fieldset class="field check-list" aria-describedby={described || undefined}>
      <legend class="field-label">{props.label}</legend>
      <div class="check-list-choices">
        {choices.map(({ value, text }, index) => (
          <label key={value} class="check">
            <input
              id={index === 0 ? `${id}-first` : undefined}
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
      {hint === undefined ? null : (
        <p id={id} class="field-hint">
          {hint}
        </p>
      )}
      {fault === undefined ? null : (
        <p id={`${id}-fault`} class="field-fault" role="alert">
          {fault}
        </p>
      )}
    </fieldset>
  );
}
