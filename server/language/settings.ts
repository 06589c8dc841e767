import type { Connection } from 'vscode-languageserver';

/** When a predicted gradient is shown beside a layer. */
export const GRADIENT_HINTS = ['off', 'notable', 'always'] as const;

/** `rectiscope.inlayHints.…`: what is shown beside the layers of a run file. */
export interface HintSettings {
  /** The output shape of each layer. */
  readonly shape: boolean;
  /** Predicted gradient relative to He's; `notable`: only where it is less than half or more than twice that. */
  readonly gradient: (typeof GRADIENT_HINTS)[number];
}

/** The defaults, for a client without settings. */
export const DEFAULT_HINTS: HintSettings = { shape: true, gradient: 'notable' };

/** Settings of any client: missing or invalid ones get their defaults. */
export function readHintSettings(value: unknown): HintSettings {
  const { shape, gradient } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    shape: typeof shape === 'boolean' ? shape : DEFAULT_HINTS.shape,
    gradient: GRADIENT_HINTS.find((name) => name === gradient) ?? DEFAULT_HINTS.gradient,
  };
}

/** Requests the settings of a file from the client. */
export async function askHintSettings(connection: Connection, scopeUri: string): Promise<HintSettings> {
  const value: unknown = await connection.workspace.getConfiguration({ scopeUri, section: 'rectiscope.inlayHints' });
  return readHintSettings(value);
}
