"""The growth bench: does anything but the disk grow with the store?"""
