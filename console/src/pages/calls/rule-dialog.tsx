import { useState } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import type { PageOf } from '../../api/shapes.ts';
import { Button } from '../../components/button.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { SelectField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { Loaded, Notice } from '../../components/panel.tsx';
import { go, param } from '../../state/place.ts';
import { ruleDraft } from '../../state/rule-draft.ts';
import { PAGES } from '../index.ts';
import { callQuery } from './call-filters.ts';
import { ruleText } from './rule-text.ts';

/** The filters as a rule that denies, ready for the configuration. Nothing is changed here. */
export function RuleDialog({ onClose }: { readonly onClose: () => void }) {
  const routes = useResource<PageOf<{ readonly id: string }>>('/api/v1/routes');
  return (
    <Dialog title="Deny such calls" wide onClose={onClose}>
      <Loaded from={routes}>
        {({ items }) => <RuleView routeIds={items.map(({ id }) => id)} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}

function RuleView({ routeIds, onClose }: { readonly routeIds: readonly string[]; readonly onClose: () => void }) {
  const [routeId, setRouteId] = useState(param('route') ?? routeIds[0] ?? '');
  const rule = ruleText(callQuery(), routeId);
  if (rule === undefined)
    return (
      <Notice tone="unknown" icon="info">
        A rule can ask for consumer, credential, address, method and path. None of these is set; decision, reason,
        status and text are known only when a call is over.
      </Notice>
    );
  const hasPolicies = PAGES.some(({ path }) => path === '/policies');
  return (
    <>
      <SelectField
        label="On the route"
        value={routeId}
        choices={routeIds.map((id) => ({ value: id, text: id }))}
        onChange={setRouteId}
      />
      <CopyField text={rule.yaml} label="the rule" />
      {rule.leftOut.length === 0 ? null : (
        <Notice tone="observe" icon="info">
          Left out, since it is known only when a call is over: {rule.leftOut.join(', ')}.
        </Notice>
      )}
      <p class="soft">
        Put <code>deny</code> into the route’s <code>authorize</code>. Before it is applied, a replay shows which
        recorded calls it would have denied.
      </p>
      {hasPolicies ? (
        <div class="row">
          <Button
            kind="primary"
            icon="policies"
            onClick={() => {
              ruleDraft.value = { routeId, yaml: rule.yaml };
              onClose();
              go('/policies');
            }}
          >
            Take it to Policies
          </Button>
        </div>
      ) : null}
    </>
  );
}
