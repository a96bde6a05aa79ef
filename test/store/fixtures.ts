import type { Connection, Connections, StoredToken } from "../../src/store/repositories/connections.ts";

/** The time on the tests' clock, in milliseconds since 1970. */
export const NOON = Date.UTC(2026, 4, 31, 12);

/** A token that is valid for 30 days and contains a mark to recognize it by. */
export function token(mark: string): StoredToken {
  return {
    accessToken: `access-token-${mark}`,
    refreshToken: `refresh-token-${mark}`,
    obtainedAt: NOON,
    expiresAt: NOON + 2_592_000_000,
  };
}

/** A user to be connected. */
export function user(firmId: string, userId: number): Parameters<Connections["save"]>[0] {
  return {
    firmId,
    userId,
    userName: `User ${userId}`,
    userEmail: `user${userId}@firm.example`,
    token: token(String(userId)),
  } satisfies Partial<Connection>;
}
