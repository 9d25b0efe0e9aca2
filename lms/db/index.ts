// The database as the rest of the runtime sees it.
export { unlessAborted } from "./abort.ts";
export {
  createDatabase,
  type Database,
  type DatabaseConfig,
  type Queryable,
  type Transaction,
} from "./database.ts";
export { databaseConfigFromEnv } from "./environment.ts";
export { isUnavailable } from "./errors.ts";
export type { Channel, Listener } from "./listener.ts";
export { migrate, SCHEMA_VERSION } from "./migrate.ts";
