//===- Commands.h - The commands of the produced file ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_COMMANDS_H
#define TENON_RUNTIME_APP_COMMANDS_H

#include "runtime/Status.h"

namespace tenon::rt {

class Application;

/// Each runs one command; OptionTable.cpp says what it is for.
Status runPrompt(Application &app);
Status runChat(Application &app);
Status runScore(Application &app);
Status runBench(Application &app);
Status runLogits(Application &app);
Status runTokenize(Application &app);
Status runInfo(Application &app);
Status runVerify(Application &app);

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_COMMANDS_H
