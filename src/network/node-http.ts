/**
 * `node:http` as it is. An import of it reads every export, and one of them (the getter of `WebSocket` in lib/http.js of
 * Node 24) loads all of Node's own undici, which the bot has no use for.
 */
export const nodeHttp = process.getBuiltinModule('node:http')
