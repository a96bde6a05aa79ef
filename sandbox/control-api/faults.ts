import express, { Router } from "express";
import { FAULT_KINDS, type Fault, type FaultInjector } from "../fault-injector.ts";

/**
 * Lets another process inject faults: `POST /sandbox/faults` with a fault as JSON (`path` is a prefix, `times: null`
 * means until cleared) and `DELETE /sandbox/faults`. Both respond with 204; an invalid fault gets 400.
 */
export function faultsControl(faults: FaultInjector): Router {
  const router = Router();
  router.post("/sandbox/faults", express.json(), (request, response) => {
    const fault = request.body ?? {};
    if (!isFault(fault)) {
      response.status(400).json({
        error: `kind must be one of ${FAULT_KINDS.join(", ")}. latency requires ms, status requires status, path must be text, and probability a number from 0 to 1.`,
      });
      return;
    }
    faults.add({ ...fault, times: fault.times === null ? Number.POSITIVE_INFINITY : (fault.times ?? 1) });
    response.status(204).end();
  });
  router.delete("/sandbox/faults", (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  return router;
}

function isFault(fault: {
  kind?: unknown;
  ms?: unknown;
  status?: unknown;
  path?: unknown;
  probability?: unknown;
}): fault is Fault {
  if (!FAULT_KINDS.some((kind) => kind === fault.kind)) return false;
  if (fault.kind === "latency" && typeof fault.ms !== "number") return false;
  if (fault.kind === "status" && typeof fault.status !== "number") return false;
  const { probability = 1 } = fault;
  if (typeof probability !== "number" || !(probability >= 0 && probability <= 1)) return false;
  return fault.path === undefined || typeof fault.path === "string";
}
