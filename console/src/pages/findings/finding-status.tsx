import type { FindingStatus } from '../../../../src/core/finding.ts';
import { Badge } from '../../components/badge.tsx';

export function StatusBadge({ status, plain = false }: { readonly status: string; readonly plain?: boolean }) {
  switch (status as FindingStatus) {
    case 'open':
      return <Badge tone="deny" icon="alert" text="Open" plain={plain} />;
    case 'snoozed':
      return <Badge tone="observe" icon="clock" text="Snoozed" plain={plain} />;
    case 'expected':
      return <Badge tone="unknown" icon="check" text="Expected" plain={plain} />;
    case 'resolved':
      return <Badge tone="permit" icon="check" text="Resolved" plain={plain} />;
    default:
      return <Badge tone="unknown" icon="unknown" text="Unknown" plain={plain} />;
  }
}
