/** A step of a build, as its builder announces it. */
export interface BuildStep {
  /** The instruction. */
  readonly text: string;
  readonly number: number;
  /** In which stage it is that number; undefined: in the whole file. Both count from 1. */
  readonly stage: number | undefined;
}

/** Docker's classic builder counts over the whole file. */
const OF_FILE = /^Step (\d+)\/\d+ : (.*)/;
/** Podman counts from the FROM of a stage, and names the stage if there are several. */
const OF_STAGE = /^(?:\[(\d+)\/\d+\] )?STEP (\d+)\/\d+: (.*)/;

/** Undefined if that line begins no step. */
export function readStep(line: string): BuildStep | undefined {
  const [, number, text] = OF_FILE.exec(line) ?? [];
  if (number !== undefined && text !== undefined) return { text, number: Number(number), stage: undefined };
  const [, stage = '1', numberInStage, textInStage] = OF_STAGE.exec(line) ?? [];
  if (numberInStage === undefined || textInStage === undefined) return undefined;
  return { text: textInStage, number: Number(numberInStage), stage: Number(stage) };
}

/** The line of a Dockerfile, from 1, with which that step begins; undefined if the file has no such step. */
export function lineOfStep(dockerfile: string, { number, stage }: BuildStep): number | undefined {
  const instructions = instructionsOf(dockerfile);
  const froms = instructions.flatMap(({ text }, index) => (/^from\s/i.test(text) ? [index] : []));
  const first = stage === undefined ? 0 : froms[stage - 1];
  return first === undefined ? undefined : instructions[first + number - 1]?.line;
}

interface Instruction {
  readonly line: number;
  /** Its first line. */
  readonly text: string;
}

function instructionsOf(dockerfile: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let isContinued = false;
  for (const [index, line] of dockerfile.split(/\r?\n/).entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue; // also within an instruction
    if (!isContinued) instructions.push({ line: index + 1, text });
    isContinued = text.endsWith('\\');
  }
  return instructions;
}
