//===- Folder.h - A folder for one test ----------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_FOLDER_H
#define TENON_TEST_RUNTIME_FOLDER_H

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tenon::test {

/// A new folder, removed with what it holds.
class Folder {
public:
  Folder() {
    char name[] = "/tmp/tenon-commands-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::string write(const std::string &name, const std::string &text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  /// What it holds, in alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto &entry : std::filesystem::directory_iterator(path))
      found.push_back(entry.path().filename());
    std::ranges::sort(found);
    return found;
  }

private:
  std::string path;
};

/// All bytes of the file `path`; none when it cannot be read.
inline std::string contents(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_FOLDER_H
