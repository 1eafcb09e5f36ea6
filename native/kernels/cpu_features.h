// Which of the kernels compiled for several instruction sets run on this processor.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "bridge/errors.h"

namespace weight_search {

// Each includes those before it. kAvx2 stands for AVX2 and FMA, kAvx512 for what x86-64-v4 has of AVX-512.
enum class InstructionSet { kBaseline, kAvx2, kAvx512 };

#ifdef HAVE_X86_KERNELS
constexpr bool kHasX86Kernels = true;
#else
constexpr bool kHasX86Kernels = false;
#endif

inline InstructionSet detectedInstructionSet() {
#ifdef HAVE_X86_KERNELS
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return InstructionSet::kBaseline;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
  return wide ? InstructionSet::kAvx512 : InstructionSet::kAvx2;
#else
  return InstructionSet::kBaseline;
#endif
}

// The best the processor has, or less where WEIGHT_SEARCH_KERNELS is "baseline" or "avx2": for tests and measurements.
inline InstructionSet instructionSet() {
  static const InstructionSet chosen = [] {
    const InstructionSet detected = detectedInstructionSet();
    const char* requested = std::getenv("WEIGHT_SEARCH_KERNELS");
    if (requested == nullptr) return detected;
    const std::string name = requested;
    if (name == "baseline") return InstructionSet::kBaseline;
    if (name == "avx2") return std::min(detected, InstructionSet::kAvx2);
    if (name == "avx512") return detected;
    throw EnvironmentError("WEIGHT_SEARCH_KERNELS: expected baseline, avx2 or avx512, found \"" + name + "\"");
  }();
  return chosen;
}

// Calls the one of three functions, each of which returns a table of kernels, whose instruction set this processor has. Template
// arguments, since those for AVX2 and AVX-512 are not compiled everywhere.
template <auto kBaseline, auto kAvx2, auto kAvx512>
decltype(auto) kernelsForCpu() {
  if constexpr (kHasX86Kernels) {
    if (instructionSet() == InstructionSet::kAvx512) return kAvx512();
    if (instructionSet() == InstructionSet::kAvx2) return kAvx2();
  }
  return kBaseline();
}

}  // namespace weight_search
