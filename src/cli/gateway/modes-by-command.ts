import { applyOverrides } from '../../config/overrides.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../ports.ts';
import type { GatewayState } from './state.ts';

/** The configuration with the modes that were set by command. */
export async function withOverrides(base: Configuration, state: GatewayState, logger: Logger): Promise<Configuration> {
  const { configuration, warnings } = applyOverrides(base, await state.settings.listModes());
  for (const warning of warnings) logger.warn({}, warning);
  return configuration;
}
