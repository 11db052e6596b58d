/** Who is signed in, and for which business. */

import { ApiError, asObject, asText, request, type Json } from './http.ts';

export interface Session {
  email: string | null;
  /** Of the business that calls from this page go to. */
  businessName: string | null;
  /** Whose voice answers; null when the server does not say. */
  engine: string | null;
}

/** null when nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    return sessionOf(await request('GET', '/api/session'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(email: string, password: string): Promise<Session> {
  return sessionOf(await request('POST', '/api/session', { email, password }));
}

export async function signOut(): Promise<void> {
  await request('DELETE', '/api/session');
}

function sessionOf(answer: Json): Session {
  const businesses: unknown[] = Array.isArray(answer.businesses) ? answer.businesses : [];
  return {
    email: asText(answer.email),
    businessName: asText(asObject(businesses[0]).name),
    engine: asText(answer.engine),
  };
}
