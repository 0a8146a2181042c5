// CommonJS: named imports of a static import survive bundling, those of a dynamic one do not. This module is
// what is imported dynamically, since gRPC costs a start too much to be loaded without need.
export {Client, credentials, Metadata} from '@grpc/grpc-js'
