import type { Connection, Connections, StoredToken } from "../../src/store/repositories/connections.ts";

/** The moment at which the tests' clock stands, in milliseconds since 1970. */
export const NOON = Date.UTC(2026, 4, 31, 12);

/** A token of 30 days that is recognised by its mark. */
export function token(mark: string): StoredToken {
  return {
    accessToken: `access-token-${mark}`,
    refreshToken: `refresh-token-${mark}`,
    obtainedAt: NOON,
    expiresAt: NOON + 2_592_000_000,
  };
}

/** A user as they are connected. */
export function user(firmId: string, userId: number): Parameters<Connections["save"]>[0] {
  return {
    firmId,
    userId,
    userName: `User ${userId}`,
    userEmail: `user${userId}@firm.example`,
    token: token(String(userId)),
  } satisfies Partial<Connection>;
}
