import type { Player } from './cast.ts';
import type { Client } from './client.ts';

export async function makeExtras(_client: Client, _players: readonly Player[]): Promise<void> {}
