import { ChangeMode } from './change-mode.tsx';

/** Shows what enforcing a route would have done since yesterday, then does it; the toast takes it back. */
export function EnforceRoute({ routeId, onClose }: { readonly routeId: string; readonly onClose: () => void }) {
  return <ChangeMode scope="route" target={routeId} mode="enforce" onClose={onClose} />;
}
