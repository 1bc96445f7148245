// Sends messages over one connection, each after the answer to the one before: node send.js <folder with node_modules> <port> <count>
const { createRequire } = require("module");
const [folder, port, count] = process.argv.slice(2);
const hl7 = createRequire(folder + "/")("simple-hl7");
const client = hl7.Server.createTcpClient({ host: "127.0.0.1", port: Number(port), keepalive: true });
const send = (number) => {
  if (number === Number(count)) process.exit(0);
  const message = new hl7.Message("LAB", "HOSP", "ORU", "R01", `J${number}`, "P", "2.5");
  message.addSegment("OBR", "1", "", `S${number}`);
  message.addSegment("OBX", "1", "TX", "TEXT", "", "1/2", "", "", "", "", "", "F");
  client.send(message, (error, answer) => {
    const said = answer && answer.getSegment("MSA");
    console.log(error ? "error" : `${said.getField(1)} ${said.getField(2)}`);
    send(number + 1);
  });
};
send(0);
