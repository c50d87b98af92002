import type { RouteLine } from '../../api/shapes.ts';
import { CheckList } from '../../components/check-list.tsx';
import { TextField } from '../../components/field.tsx';
import type { FormFault } from '../../state/form-fault.ts';
import type { Key } from './shapes.ts';

/** What a key is confined to, as it is typed. */
export interface Restrictions {
  /** Route ids, each with methods where not all. */
  readonly routes: readonly string[];
  readonly rate: string;
  readonly quota: string;
}

export const UNRESTRICTED: Restrictions = { routes: [], rate: '', quota: '' };

export function restrictionsOf({ routes, rate, quota }: Key): Restrictions {
  return { routes, rate, quota };
}

/** Scopes that routes ask for, in their order. */
export function scopesOf(routes: readonly RouteLine[]): readonly string[] {
  return [...new Set(routes.flatMap(({ scopes }) => scopes))].sort();
}

/** Scopes a key can get, as far as the configuration knows them. */
export function ScopeChoice(props: {
  readonly known: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const { known, chosen, onChange } = props;
  if (known.length === 0) return null;
  return (
    <CheckList
      label="Scopes"
      hint="Those that routes ask for"
      choices={known.map((scope) => ({ value: scope, text: scope }))}
      chosen={chosen}
      onChange={onChange}
    />
  );
}

/** Fields for them. Entries with methods, and those of routes that are gone, stand beside the routes there are. */
export function RestrictionFields(props: {
  readonly routes: readonly RouteLine[];
  readonly value: Restrictions;
  readonly fault: FormFault;
  readonly onChange: (value: Restrictions) => void;
}) {
  const { value, fault, onChange } = props;
  const known = props.routes.filter(({ authenticate }) => authenticate !== 'none').map(({ id }) => id);
  const choices = [...new Set([...known, ...value.routes])].map((id) => ({ value: id, text: id }));
  return (
    <>
      <CheckList
        label="Routes"
        hint="Only those it may be used for; none chosen: every one"
        choices={choices}
        chosen={value.routes}
        onChange={(routes) => onChange({ ...value, routes })}
      />
      <div class="grid-2">
        <TextField
          label="Rate"
          hint="Calls per time; empty: none of its own"
          fault={fault.at('rate')}
          value={value.rate}
          placeholder="100/1m"
          maxlength={40}
          onInput={(rate) => onChange({ ...value, rate })}
        />
        <TextField
          label="Quota"
          hint="Calls per day or month; empty: none"
          fault={fault.at('quota')}
          value={value.quota}
          placeholder="10000/1d"
          maxlength={40}
          onInput={(quota) => onChange({ ...value, quota })}
        />
      </div>
    </>
  );
}
