import type { VerifiedCheck, Verification, VerifiedVariant } from '../verification/verification.ts';
import type { JsonObject } from './json-object.ts';

/** What a verification has found, for programs. */
export function verificationView({ plugin, version, folder, verdict, variants, duration }: Verification): JsonObject {
  return {
    plugin,
    version: version ?? null,
    folder,
    verdict,
    milliseconds: Math.round(duration),
    variants: variants.map(variantView),
  };
}

function variantView({ tier, transport, verdict, reason, actions, checks }: VerifiedVariant): JsonObject {
  return {
    tier,
    transport: transport ?? null,
    verdict,
    reason: reason ?? null,
    actions: actions.map((action) => ({
      name: action.name,
      inputs: action.inputs ?? null,
      count: action.count,
      reason: action.reason ?? null,
    })),
    checks: checks.map(checkView),
  };
}

function checkView({ check, question, verdict, saw, problems, duration, series }: VerifiedCheck): JsonObject {
  return {
    check,
    question,
    verdict,
    saw,
    milliseconds: Math.round(duration),
    problems: problems.map((problem) => ({
      verdict: problem.verdict,
      what: problem.what,
      code: problem.code ?? null,
      blame: problem.blame,
      advice: problem.advice,
    })),
    memory: series === undefined ? null : { calls: series.calls, bytes: series.memory },
  };
}
