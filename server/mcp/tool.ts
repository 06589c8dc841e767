/** A tool: what an agent is told of it, and what it does. Errors that somebody can mend are answers, not failures of the protocol. */
import type { CallToolResult, McpServer, ServerContext, ToolAnnotations } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { explainError } from '../tasks/explain-error.ts';
import { log } from './log.ts';
import { short } from './short.ts';

export interface Call {
  /** Aborted where nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Tell how far it is, where the client wants to know; it may then wait longer. */
  readonly progress: (done: number, total: number, message: string) => void;
}

interface Tool<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly title: string;
  readonly description: string;
  /** Strict: an argument that was dropped would look as if it had been heeded. */
  readonly input: Input;
  readonly output: Output;
  readonly hints: ToolAnnotations;
  /** What is answered: numbers are shortened, and what the schema does not name is left out. */
  readonly answer: (input: z.output<Input>, call: Call) => Promise<unknown>;
  /** A png that goes with an answer. */
  readonly picture?: (answer: z.output<Output>) => Promise<Buffer>;
}

/** Only looks. */
export const READS: ToolAnnotations = { readOnlyHint: true, openWorldHint: false };

function callOf({ mcpReq }: ServerContext): Call {
  const token = mcpReq._meta?.progressToken;
  let told = 0;
  return {
    signal: mcpReq.signal,
    progress: (progress, total, message) => {
      // The protocol wants it to rise.
      if (token === undefined || progress <= told) return;
      told = progress;
      const params = { progressToken: token, progress, total, message };
      // A client that has gone will not hear it.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

function failure(error: unknown): CallToolResult {
  const explained = explainError(error);
  if (!explained) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const message = explained?.message ?? `This should not have happened: ${(error as Error).message}`;
  return { isError: true, content: [{ type: 'text', text: message }] };
}

/** Offer a tool. */
export function offer<Input extends z.ZodObject, Output extends z.ZodObject>(
  server: McpServer,
  name: string,
  { title, description, input, output, hints, answer, picture }: Tool<Input, Output>,
): void {
  const call = async (given: z.output<Input>, context: ServerContext): Promise<CallToolResult> => {
    try {
      const content = output.parse(short(await answer(given, callOf(context))));
      const text = { type: 'text', text: JSON.stringify(content) } as const;
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
