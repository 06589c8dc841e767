/** Two extensions look at a run file where Red Hat's YAML is installed, too: each mistake is told by one of them. */
import { YAML_RULE } from '../server/run-file/mistake.ts';

/**
 * The diagnostics that are ours to tell. What breaks YAML's own rules is Red Hat's where it checks; what breaks the run file's
 * is always ours, since the manifest contributes no schema (`yamlValidation`) by which Red Hat's could know them.
 */
export const toldHere = <D extends { readonly code?: unknown }>(
  diagnostics: readonly D[],
  { yamlIsChecked }: { readonly yamlIsChecked: boolean },
): D[] => diagnostics.filter(({ code }) => !(yamlIsChecked && code === YAML_RULE));
