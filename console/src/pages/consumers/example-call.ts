import { useResource } from '../../api/resource.ts';
import type { RouteLine } from '../../api/shapes.ts';
import { curlLine } from '../../state/curl.ts';
import { gatewayAddress, type Listening } from '../../state/gateway-address.ts';
import type { MadeKey } from './shapes.ts';

interface ConfigurationData extends Listening {
  readonly configuration?: Listening['configuration'] & { readonly consumers?: Readonly<Record<string, unknown>> };
}

export interface Surroundings {
  readonly routes: readonly RouteLine[];
  /** Whether the configuration says of which groups and tier a consumer is: it does so again whenever it is loaded. */
  isConfigured(consumer: string): boolean;
  /** A line to paste that calls with a key, as the gateway chose it; undefined where no route takes keys. */
  curlOf(made: MadeKey): string | undefined;
}

/** The routes there are, and how the gateway is called; while that is not known, as it is by default. */
export function useSurroundings(): Surroundings {
  const config = useResource<ConfigurationData>('/api/v1/config');
  const found = useResource<{ readonly items: readonly RouteLine[] }>('/api/v1/routes');
  const routes = found.kind === 'ready' ? found.value.items : [];
  const base = gatewayAddress(config.kind === 'ready' ? config.value : undefined);
  const consumers = (config.kind === 'ready' ? config.value.configuration?.consumers : undefined) ?? {};
  return {
    routes,
    isConfigured: (consumer) => Object.hasOwn(consumers, consumer),
    curlOf({ key, header, example }) {
      if (example === null) return undefined;
      const { method, host, path } = example;
      const fields = [`${header}: ${key}`, ...(host === '' ? [] : [`Host: ${host}`])];
      return curlLine(`${base}${path}`, { method, fields });
    },
  };
}
