import type { Resource } from '../../api/resource.ts';
import { StateBadge } from '../../components/badge.tsx';
import { Loaded, Panel } from '../../components/panel.tsx';
import type { HealthData } from './overview-data.ts';

/** How the gateway itself does, part by part; what is not well first. */
export function GatewayHealth({ health }: { readonly health: Resource<HealthData> }) {
  return (
    <Panel title="The gateway itself">
      <Loaded from={health}>
        {({ items }) => (
          <ul class="health">
            {items
              .toSorted((one, other) => Number(one.ok) - Number(other.ok))
              .map(({ name, ok, detail, essential }) => (
                <li key={name}>
                  <StateBadge ok={ok} good="Well" bad={essential ? 'Failing' : 'Degraded'} />
                  <span>
                    <strong>{name}</strong> <span class="soft">{detail}</span>
                  </span>
                </li>
              ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}
