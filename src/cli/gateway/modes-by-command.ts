import type { ShownMode } from '../../admin/services.ts';
import { changesNothing, modesAt } from '../../config/override-effects.ts';
import { applyOverride, applyOverrides } from '../../config/overrides.ts';
import type { Configuration } from '../../core/configuration.ts';
import type { ModesNow } from '../../core/modes-there.ts';
import { passesAroundRoutes } from '../../pipeline/unmatched-calls.ts';
import type { Logger, ModeOverride } from '../../ports.ts';
import type { GatewayState } from './state.ts';

/** The configuration with the modes that were set by command. */
export async function withOverrides(base: Configuration, state: GatewayState, logger: Logger): Promise<Configuration> {
  const { configuration, warnings } = applyOverrides(base, await state.settings.listModes());
  for (const warning of warnings) logger.warn({}, warning);
  return configuration;
}

type Place = Pick<ModeOverride, 'scope' | 'target'>;

/** Every mode that was set by command, with what holds there and what the configuration alone says. */
export async function shownModes(base: Configuration, { settings }: GatewayState): Promise<readonly ShownMode[]> {
  const overrides = await settings.listModes();
  // Once for all of them: laying many modes over many routes takes its time.
  const { configuration } = applyOverrides(base, overrides);
  return overrides.map((one) => ({ ...one, ...modesAt(base, configuration, one) }));
}

/** Keeps a mode over what the configuration says; one that changes nothing takes an earlier one of the place back. */
export async function setMode(
  base: Configuration,
  { settings }: GatewayState,
  override: ModeOverride,
): Promise<
  ({ readonly ok: true; readonly kept: boolean } & ModesNow) | { readonly ok: false; readonly message: string }
> {
  const before = await settings.listModes();
  const applied = applyOverride(applyOverrides(base, before).configuration, override);
  if (!applied.ok) return applied;
  const kept = !changesNothing(
    base,
    before.filter((one) => !isAt(one, override)),
    override,
  );
  if (kept) await settings.setMode(override);
  else await settings.removeMode(override.scope, override.target);
  return { ok: true, kept, ...(await modesNow(base, settings, override)) };
}

/** Takes a mode back and says what it was and what holds there then; undefined where none was set. */
export async function clearMode(
  base: Configuration,
  { settings }: GatewayState,
  { scope, target }: Place,
): Promise<(Pick<ModeOverride, 'mode'> & ModesNow) | undefined> {
  const set = (await settings.listModes()).find((one) => isAt(one, { scope, target }));
  if (set === undefined || !(await settings.removeMode(scope, target))) return undefined;
  return { mode: set.mode, ...(await modesNow(base, settings, { scope, target })) };
}

async function modesNow(base: Configuration, settings: GatewayState['settings'], place: Place): Promise<ModesNow> {
  const { configuration } = applyOverrides(base, await settings.listModes());
  return { ...modesAt(base, configuration, place), unmatchedPass: passesAroundRoutes(configuration) };
}

function isAt(one: Place, other: Place): boolean {
  return one.scope === other.scope && one.target === other.target;
}
