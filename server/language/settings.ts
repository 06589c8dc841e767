import type { Connection } from 'vscode-languageserver';

/** When a predicted gradient is written beside a layer. */
export const GRADIENT_HINTS = ['off', 'notable', 'always'] as const;

/** `rectiscope.inlayHints.…`: what is written beside the layers of a run file. */
export interface HintSettings {
  /** The output shape of each layer. */
  readonly shape: boolean;
  /** Predicted gradient relative to He's; `notable`: only where it is less than half or more than twice that. */
  readonly gradient: (typeof GRADIENT_HINTS)[number];
}

/** What holds for a client that has no settings. */
export const DEFAULT_HINTS: HintSettings = { shape: true, gradient: 'notable' };

/** Settings of any client: what is missing or makes no sense is as by default. */
export function readHintSettings(value: unknown): HintSettings {
  const { shape, gradient } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    shape: typeof shape === 'boolean' ? shape : DEFAULT_HINTS.shape,
    gradient: GRADIENT_HINTS.find((name) => name === gradient) ?? DEFAULT_HINTS.gradient,
  };
}

/** Ask the client for the settings that hold for a file. */
export async function askHintSettings(connection: Connection, scopeUri: string): Promise<HintSettings> {
  const value: unknown = await connection.workspace.getConfiguration({ scopeUri, section: 'rectiscope.inlayHints' });
  return readHintSettings(value);
}
