import unittest


class LibraryTest(unittest.TestCase):
    def test_the_library_and_the_module_are_of_one_build(self):
        # Importing compares the checksums of every exported call.
        import cairn_ffi

        self.assertTrue(hasattr(cairn_ffi, "VaultError"))


if __name__ == "__main__":
    unittest.main()
