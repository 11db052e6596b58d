/** The one way to the server's API: JSON there and back, failures as one kind of error. */

export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    /** What the server said to the person, if anything. */
    readonly sentence: string | null,
  ) {
    super(sentence ?? `status ${status}`);
  }
}

export type Json = Record<string, unknown>;

export async function request(method: string, path: string, body?: Json): Promise<Json> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const options = { method, headers, body: body === undefined ? null : JSON.stringify(body) };
  const response = await fetch(path, options).catch(() => null);
  if (!response) throw new ApiError(0, null);
  const answer = asObject(await response.json().catch(() => null));
  if (!response.ok) throw new ApiError(response.status, asText(answer.sentence));
  return answer;
}

export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
