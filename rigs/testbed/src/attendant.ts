// The test bed's own background process: `node attendant.ts KEY CERTIFICATE PORT DOCKER_SOCKET BUILDER_SOCKET`.
import { rmSync } from "node:fs";
import { builderBridge } from "./engine/builder-bridge.ts";
import { tokenServer } from "./registry/token-issuer.ts";

const [key = "", certificate = "", port = "0", dockerSocket = "", builderSocket = ""] = process.argv.slice(2);

rmSync(builderSocket, { force: true });
builderBridge(dockerSocket).listen(builderSocket);
// Last: that it listens on its port says that the process is ready.
tokenServer({ key, certificate }, () => {}).listen(Number(port), "127.0.0.1");
