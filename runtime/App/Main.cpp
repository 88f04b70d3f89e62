//===- Main.cpp - Where the produced file begins --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"

int main(int argumentCount, char **arguments) {
  return tenon::rt::runApplication(argumentCount, arguments, tenon::rt::Payload::openOwn);
}
