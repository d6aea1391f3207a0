#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// not process.exit: what was written to a pipe may not have left yet
process.exitCode = await runCommandLine(process.argv.slice(2));
