#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// not process.exit: output may still be on its way into a pipe
process.exitCode = await runCommandLine(process.argv.slice(2));
