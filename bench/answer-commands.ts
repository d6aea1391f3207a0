import { createInterface } from 'node:readline';

/** The other end of a `MeasuringProcess`: reads a command a line, and answers each by one line of JSON that begins with ANSWER. */
export async function answerCommands(answer: (command: string) => Promise<unknown>): Promise<void> {
  for await (const command of createInterface({ input: process.stdin }))
    process.stdout.write(`ANSWER ${JSON.stringify((await answer(command)) ?? null)}\n`);
}
