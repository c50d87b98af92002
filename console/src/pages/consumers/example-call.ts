import { useResource } from '../../api/resource.ts';
import type { RouteLine } from '../../api/shapes.ts';
import { gatewayAddress, type Listening } from '../../state/gateway-address.ts';

interface ConfigurationData extends Listening {
  readonly configuration?: Listening['configuration'] & { readonly consumers?: Readonly<Record<string, unknown>> };
}

export interface Surroundings {
  readonly routes: readonly RouteLine[];
  /** Whether the configuration says of which groups and tier a consumer is: it does so again whenever it is loaded. */
  isConfigured(consumer: string): boolean;
  /** A line to paste that calls with a key: on a route of the key, where it has some. */
  curlOf(key: string, header: string, keyRoutes: readonly string[]): string;
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
    curlOf(key, header, keyRoutes) {
      const wanted = keyRoutes.map((text) => text.split(':')[0]);
      const route =
        routes.find(({ id }) => wanted.includes(id)) ?? routes.find(({ authenticate }) => authenticate !== 'none');
      return `curl -i -H '${header}: ${key}' ${base}${pathOf(route)}`;
    },
  };
}

/** The path of a route with something in its holes. */
function pathOf(route: RouteLine | undefined): string {
  return (route?.path ?? '/').replace(/\/\*$/, '/1').replace(/\{[^}]*\}/g, '1');
}
