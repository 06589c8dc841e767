/** A tool: its description for agents, and its function. Errors that a user can fix are answers, not failures of the protocol. */
import type { CallToolResult, McpServer, ServerContext, ToolAnnotations } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { printable, printableJson } from '../protocol/printable.ts';
import { explainError } from '../tasks/explain-error.ts';
import { log } from './log.ts';
import { short } from './short.ts';

export interface Call {
  /** Aborted when the client no longer waits for the answer. */
  readonly signal: AbortSignal;
  /** Reports progress, if the client wants it; it may then wait longer. */
  readonly progress: (done: number, total: number, message: string) => void;
}

interface Tool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly title: string;
  readonly description: string;
  /** Strict: a dropped argument would look as if it had been used. */
  readonly input: Input;
  readonly output: Output;
  readonly hints: ToolAnnotations;
  /** The answer: numbers are shortened, and fields outside the schema are dropped. */
  readonly answer: (input: z.output<Input>, call: Call) => Promise<unknown>;
  /** A png that goes with an answer. */
  readonly picture?: (answer: z.output<Output>) => Promise<Buffer>;
}

/** Changes nothing. */
export const READS: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };

function callOf({ mcpReq }: ServerContext): Call {
  const token = mcpReq._meta?.progressToken;
  let reported = 0;
  return {
    signal: mcpReq.signal,
    progress: (progress, total, message) => {
      // The protocol requires rising values.
      if (token === undefined || progress <= reported) return;
      reported = progress;
      const params = { progressToken: token, progress, total, message };
      // The client may have disconnected.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

function failure(error: unknown): CallToolResult {
  const explained = explainError(error);
  if (!explained) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = explained?.message ?? `Internal error: ${(error as Error).message}`;
  return { isError: true, content: [{ type: 'text', text: printable(message) }] };
}

/** Registers a tool. */
export function offer<Input extends z.ZodObject, Output extends z.ZodObject>(
  server: McpServer,
  name: string,
  { title, description, input, output, hints, answer, picture }: Tool<Input, Output>,
): void {
  const call = async (given: z.output<Input>, context: ServerContext): Promise<CallToolResult> => {
    try {
      const content = output.parse(short(await answer(given, callOf(context))));
      const text = { type: 'text', text: printableJson(content) } as const;
      const data = (await picture?.(content))?.toString('base64');
      const image = data === undefined ? [] : [{ type: 'image', mimeType: 'image/png', data } as const];
      return { structuredContent: content as Record<string, unknown>, content: [text, ...image] };
    } catch (error) {
      return failure(error);
    }
  };
  const config = { title, description, inputSchema: input, outputSchema: output, annotations: { title, ...hints } };
  server.registerTool<Output, Input>(name, config, call as never);
}
