// The part of undici that opsdeck uses. Its own index loads fetch, caches and mocks as well: 35 ms a start.
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')
Object.assign(Dispatcher.prototype, {request: require('undici/lib/api/api-request.js')})

module.exports = {
  Client: require('undici/lib/dispatcher/client.js'),
  Pool: require('undici/lib/dispatcher/pool.js'),
}
