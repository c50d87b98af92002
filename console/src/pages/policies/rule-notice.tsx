import { Button } from '../../components/button.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { Notice, Panel } from '../../components/panel.tsx';
import { ruleDraft } from '../../state/rule-draft.ts';
import { type Insertion, withRule } from './rule-insertion.ts';

/** A rule that was made from filters of the calls, to be put into the text. */
export function RuleNotice(props: { readonly text: string; readonly onTake: (inserted: Insertion) => void }) {
  const rule = ruleDraft.value;
  if (rule === undefined) return null;
  const found = withRule(props.text, rule.routeId, rule.yaml);
  return (
    <Panel
      title={`A rule for ${rule.routeId}`}
      actions={
        <Button kind="quiet" icon="close" label="Put the rule away" onClick={() => (ruleDraft.value = undefined)} />
      }
    >
      <div class="stack">
        <CopyField text={rule.yaml} label="the rule" />
        {found === undefined ? (
          <Notice tone="observe" icon="info">
            The route is not in this file, or says what it authorises in a way of its own: copy the rule, and put it
            under <code>authorize</code> of the route.
          </Notice>
        ) : (
          <div class="row">
            <Button
              kind="primary"
              icon="plus"
              needs="administrator"
              onClick={() => {
                ruleDraft.value = undefined;
                props.onTake(found);
              }}
            >
              Put it into the route
            </Button>
            <span class="soft">at line {found.line}; nothing is applied yet</span>
          </div>
        )}
      </div>
    </Panel>
  );
}
